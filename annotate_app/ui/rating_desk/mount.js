// What Streamlit calls: once when the desk is placed, and again whenever the page's script ran.

const mounted = new WeakMap();

export default function mount({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("[data-cd=root]");
  let desk = mounted.get(root);
  if (desk && !desk.ended) desk.wire.ticket = data.ticket;
  else {
    desk = new Desk(root, data, setTriggerValue);
    mounted.set(root, desk);
  }
  return () => setTimeout(() => { if (!root.isConnected) desk.end(); }, 0);
}
