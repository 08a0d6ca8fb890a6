/** The page: a head, the board of pools, a side for moves, events and details, and what lies over them. */
import { useEffect } from 'preact/hooks';
import { askedFor } from '../api/session.js';
import { connection, isComplete } from '../state/live.js';
import { clock } from '../model/format.js';
import { now } from '../state/ui.js';
import { Board } from './board.js';
import { DialogHost } from './dialog-host.js';
import { listenToKeys } from './keys.js';
import { MenuHost } from './menu.js';
import { Side, Tabs } from './side.js';
import { Toasts } from './toasts.js';
import { Top } from './top.js';

export function App() {
  useEffect(listenToKeys, []);
  return (
    <div class={`app is-${connection.value.state}`}>
      <a class="skip" href="#board">
        Skip to the pools
      </a>
      <Top />
      <Lost />
      <Board />
      <Side />
      <Tabs />
      <DialogHost />
      <MenuHost />
      <Toasts />
    </div>
  );
}

/** What is shown is old, and says so. */
function Lost() {
  const { value } = connection;
  // Then the controller does answer, and the question says what it wants.
  const isAsked = askedFor.value !== undefined;
  return (
    <div role="alert" class="lost-place">
      {value.state === 'lost' && !isAsked && (
        <p class="lost">
          <strong>
            Not connected to the controller since {clock(new Date(value.since).toISOString(), now.peek())}.
          </strong>{' '}
          {isComplete.value && 'What you see is as of then. '}Trying again… ({value.why})
        </p>
      )}
    </div>
  );
}
