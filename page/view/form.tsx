/** A dialog with input fields and one action. It stays open with the error when the action fails. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { dialog } from '../state/ui.js';
import { Modal } from './modal.js';

interface Props {
  readonly title: string;
  /** The label of the button. */
  readonly action: string;
  readonly danger?: boolean;
  /** Why the action is not possible with the current input. */
  readonly obstacle?: string | undefined;
  /** The action; its failure is shown. The dialog closes first when it `leaves`. */
  readonly onSubmit: (data: FormData) => Promise<unknown>;
  readonly leaves?: boolean;
  /** The button has the focus at first, because there is no input field. */
  readonly actionFirst?: boolean;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

export function Form(props: Props) {
  const { title, action, danger = false, obstacle, onSubmit, leaves = false, actionFirst = false } = props;
  const failure = useSignal('');
  const isBusy = useSignal(false);
  const close = () => (dialog.value = undefined);
  const submit = async (form: HTMLFormElement) => {
    const data = new FormData(form);
    if (leaves) close();
    isBusy.value = true;
    failure.value = '';
    try {
      await onSubmit(data);
      if (!leaves) close();
    } catch (error) {
      failure.value = (error as Error).message;
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <Modal title={title} onClose={close} class={props.wide ? 'is-wide' : ''}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (obstacle !== undefined || isBusy.value) return;
          void submit(event.currentTarget);
        }}
      >
        {props.children}
        <div role="alert">{failure.value && <p class="form-error">{failure}</p>}</div>
        <div class="form-end">
          <button type="button" class="button" onClick={close} data-first={danger || undefined}>
            Cancel
          </button>
          <button
            class={`button ${danger ? 'danger' : 'primary'}`}
            aria-disabled={isBusy.value || obstacle !== undefined}
            title={obstacle}
            data-first={actionFirst || undefined}
          >
            {isBusy.value ? 'One moment…' : action}
          </button>
        </div>
      </form>
    </Modal>
  );
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly value?: string;
  readonly pattern?: string;
  readonly required?: boolean;
  readonly first?: boolean;
  readonly type?: 'text' | 'number' | 'password';
  readonly min?: number;
  readonly max?: number;
  readonly onText?: (text: string) => void;
}

export function Field(props: FieldProps) {
  const { name, label, hint, value = '', first = false, type = 'text', onText, ...rest } = props;
  // Preact's types describe each kind of input separately, and not an input of any kind.
  const kind = { type } as { readonly type: 'text' };
  return (
    <label class="field">
      <span>{label}</span>
      <input
        {...rest}
        {...kind}
        name={name}
        defaultValue={value}
        onInput={onText && ((event) => onText(event.currentTarget.value.trim()))}
        data-first={first || undefined}
        autocomplete="off"
        spellcheck={false}
        aria-describedby={hint ? `${name}-hint` : undefined}
      />
      {hint && (
        <small id={`${name}-hint`} class="hint">
          {hint}
        </small>
      )}
    </label>
  );
}

export function Check({
  name,
  label,
  hint,
}: {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
}) {
  return (
    <label class="check">
      <input type="checkbox" name={name} />
      <span>
        {label}
        <small class="hint">{hint}</small>
      </span>
    </label>
  );
}

/** A form's text, without the spaces around it. */
export function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value.trim() : '';
}
