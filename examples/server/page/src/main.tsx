import { render } from 'preact';
import { startChats } from './state/chats';
import { watchServer } from './state/server';
import { keepSettings } from './state/settings';
import './styles/index.css';
import { App } from './ui/App';

const root = document.getElementById('app');
if (root) {
  keepSettings();
  watchServer();
  void startChats().then(() => render(<App />, root));
}
