import { words } from './lib/words.js';

const data = await (await fetch('data.json')).json();
document.querySelector('#said').textContent = words(data);
document.documentElement.dataset.ready = 'yes';
