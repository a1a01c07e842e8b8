import { act } from './api.js';
import { element } from './elements.js';

const words = {
  resume: { label: 'Resume', yes: 'Yes, resume', text: 'Sends what was not sent yet, waits for the batches and fetches their results. What is sent is paid for.' },
  retry: { label: 'Retry failures', yes: 'Yes, send again', text: 'Sends again the records that deserve another attempt. They are paid for again.' },
  cancel: { label: 'Cancel', yes: 'Yes, cancel the batches', text: 'Cancels the batches that are under way. What they finished can still be fetched; what they did not is not sent again.' },
};

const dialog = document.getElementById('confirm');
const part = (name) => document.getElementById(`confirm-${name}`);
let onYes = () => undefined;
part('no').addEventListener('click', () => dialog.close());
part('yes').addEventListener('click', () => {
  dialog.close();
  onYes();
});

/** Asks before something is done to a run. The dialog gives the focus back to the button it came from. */
export function askFor({ dataset: { run, name, action, account } }, onProblem) {
  const { label, yes, text } = words[action];
  part('title').textContent = `${label}: ${name}`;
  // The key of this machine goes there: the run says where, so whoever asks must show it.
  part('text').textContent = `${text} It is done at ${account}.`;
  part('yes').textContent = yes;
  onYes = () => act(run, action).catch((error) => onProblem(`${label} of ${name}: ${error.message}`));
  dialog.showModal();
  part('no').focus();
}

/** The buttons of what can be done with a run now. */
export function buttonsOf({ id, name, actions, status }) {
  return element('div', { class: 'buttons' }, actions.map((action) => element('button', { 'type': 'button', 'data-key': action, 'data-run': id, 'data-name': name, 'data-action': action, 'data-account': `${status.provider}, ${status.account}`, 'aria-label': `${words[action].label}: ${name}` }, words[action].label)));
}

/** What is done with a run, or was done last, in words. */
export function activityOf({ activity }) {
  if (activity === undefined) return '';
  const { label } = words[activity.action];
  if (activity.state === 'running') return `${label}: under way`;
  return `${label}: ${activity.state === 'failed' ? 'failed. ' : ''}${activity.message}${activity.code === undefined ? '' : ` [${activity.code}]`}`;
}
