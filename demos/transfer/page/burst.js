// Hold the button and the webcam shoots about six photos a second; let go and they are sent as JPEGs.
// Runs inside gr.HTML: `element` is the component's root, `trigger` sends an event with data to Python.
const video = element.querySelector("video");
const button = element.querySelector("button");
const words = element.querySelector(".burst-words");
const LONGEST = 320, EVERY_MS = 160, MOST = 40;
let shots = [], timer = null, held = false;

async function open() {
  if (video.srcObject) return true;
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    await video.play();
    return true;
  } catch (error) {
    words.textContent = "No webcam: allow it in the browser's address bar, or upload photos instead.";
    return false;
  }
}

function shoot() {
  if (!video.videoWidth || shots.length >= MOST) return;
  const scale = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  shots.push(canvas.toDataURL("image/jpeg", 0.9));
  words.textContent = shots.length + (shots.length === MOST ? " photos: that is enough, let go" : " photos");
}

async function begin(event) {
  event.preventDefault();
  if (timer) return;
  held = true;
  if (event.pointerId !== undefined) button.setPointerCapture(event.pointerId); // a thumb may slide off the button
  if (!(await open()) || !held) return; // let go while the browser was asking
  shots = [];
  shoot();
  timer = setInterval(shoot, EVERY_MS);
}

function end() {
  held = false;
  if (!timer) return;
  clearInterval(timer);
  timer = null;
  if (shots.length) trigger("submit", { shots });
  words.textContent = shots.length === 1 ? "1 photo added" : shots.length + " photos added";
}

button.addEventListener("pointerdown", begin);
for (const name of ["pointerup", "pointercancel"]) button.addEventListener(name, end);
button.addEventListener("keydown", (event) => { if ((event.key === " " || event.key === "Enter") && !event.repeat) begin(event); });
button.addEventListener("keyup", end);
