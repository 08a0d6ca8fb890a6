import './style/base.css';
import './style/top.css';
import './style/board.css';
import './style/side.css';
import './style/dialog.css';
import { render } from 'preact';
import { announceMoves } from './state/actions.js';
import { followControllers } from './state/controllers.js';
import { followEvacuations } from './state/evacuations.js';
import { follow } from './state/live.js';
import { App } from './view/app.js';

const place = document.getElementById('app');
if (place) render(<App />, place);
announceMoves();
followEvacuations();
followControllers();
void follow();
