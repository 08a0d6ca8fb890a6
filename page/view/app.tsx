/** The page: a header, the board of pools, a side panel for moves, events and details, and dialogs over them. */
import { useEffect } from 'preact/hooks';
import { otherControllers } from '../state/controllers.js';
import { isSignedIn, tokenRequest } from '../state/session.js';
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

/** Shows that the page is not up to date. */
function Lost() {
  const { value } = connection;
  // The controller does answer, and the token dialog explains what is needed.
  const needsToken = tokenRequest.value !== undefined;
  return (
    <div role="alert" class="lost-place">
      {value.state === 'lost' && !needsToken && (
        <p class="lost">
          <strong>
            Not connected to the controller since {clock(new Date(value.since).toISOString(), now.peek())}.
          </strong>{' '}
          {isComplete.value && 'The page shows the state of that time. '}Reconnecting… ({value.why})
          <Others />
        </p>
      )}
    </div>
  );
}

/** Any of them can do everything, with the data of now. */
function Others() {
  const others = otherControllers.value;
  if (others.length === 0) return null;
  return (
    <span class="lost-others">
      {' '}
      Go on at another controller
      {isSignedIn() && ', with your token'}:{' '}
      {others.map(({ name, url }) => (
        <a key={name} href={url}>
          {name}
        </a>
      ))}
    </span>
  );
}
