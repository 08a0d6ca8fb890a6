/** Menus: one at a time, beside the button that opened it, with the keys that menus have. */
import { signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon, type IconName } from './icons.js';

export interface MenuItem {
  readonly label: string;
  readonly icon: IconName;
  readonly onChoose: () => void;
  readonly danger?: boolean;
  /** Why it cannot be selected now. */
  readonly disabled?: string | undefined;
  readonly hint?: string;
}

interface Open {
  readonly opener: HTMLElement;
  readonly label: string;
  readonly items: readonly MenuItem[];
}

const open = signal<Open | undefined>(undefined);

export function openMenu(opener: HTMLElement, label: string, items: readonly MenuItem[]): void {
  open.value = open.peek()?.opener === opener ? undefined : { opener, label, items };
}

export function MenuHost() {
  return open.value ? <Menu key={open.value.label} {...open.value} /> : null;
}

function Menu({ opener, label, items }: Open) {
  const menu = useRef<HTMLDivElement>(null);
  const buttons = () => [...(menu.current?.querySelectorAll<HTMLButtonElement>('[role=menuitem]') ?? [])];
  const close = (giveFocusBack: boolean) => {
    open.value = undefined;
    if (giveFocusBack) opener.focus();
  };

  useLayoutEffect(() => {
    const element = menu.current;
    if (!element) return;
    const at = opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = element;
    const isBelow = at.bottom + 4 + height <= innerHeight - 8;
    element.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
    element.style.top = `${isBelow ? at.bottom + 4 : Math.max(8, at.top - 4 - height)}px`;
    buttons()[0]?.focus();
    opener.setAttribute('aria-expanded', 'true');
    return () => opener.removeAttribute('aria-expanded');
  }, []);

  useLeave(menu, opener, () => close(false));

  const onKeyDown = (event: KeyboardEvent) => {
    const all = buttons();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const go = (index: number) => all[(index + all.length) % all.length]?.focus();
    switch (event.key) {
      case 'ArrowDown':
        go(at + 1);
        break;
      case 'ArrowUp':
        go(at - 1);
        break;
      case 'Home':
        go(0);
        break;
      case 'End':
        go(-1);
        break;
      case 'Escape':
      case 'Tab':
        close(true);
        break;
      default: {
        if (event.key.length !== 1) return;
        const key = event.key.toLowerCase();
        const after = [...all.slice(at + 1), ...all];
        after.find((each) => each.textContent.trim().toLowerCase().startsWith(key))?.focus();
      }
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={menu} class="menu" role="menu" aria-label={label} onKeyDown={onKeyDown}>
      {items.map((item) => (
        <button
          key={item.label}
          role="menuitem"
          tabIndex={-1}
          class={item.danger ? 'danger' : undefined}
          aria-disabled={item.disabled !== undefined}
          title={item.disabled}
          onClick={() => {
            if (item.disabled !== undefined) return;
            close(true);
            item.onChoose();
          }}
        >
          <Icon name={item.icon} />
          {item.label}
          {item.hint && <kbd>{item.hint}</kbd>}
        </button>
      ))}
    </div>
  );
}

/** Calls back when the user clicks elsewhere, scrolls, or resizes the window. */
function useLeave(menu: RefObject<HTMLElement | null>, opener: HTMLElement, onLeave: () => void): void {
  useEffect(() => {
    const onPointer = (event: PointerEvent) => {
      const target = event.target as Node;
      if (!menu.current?.contains(target) && !opener.contains(target)) onLeave();
    };
    addEventListener('pointerdown', onPointer, true);
    addEventListener('resize', onLeave);
    document.addEventListener('scroll', onLeave, true);
    return () => {
      removeEventListener('pointerdown', onPointer, true);
      removeEventListener('resize', onLeave);
      document.removeEventListener('scroll', onLeave, true);
    };
  }, []);
}
