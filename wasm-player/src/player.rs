//! The player as JavaScript sees it: one class, plain objects, one callback.

mod engine;
mod event;
mod metadata;
mod options;
mod presentation;
mod warnings;

use alloc::rc::{Rc, Weak};
use core::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlVideoElement;

use crate::browser::event_listener::EventListener;
use crate::browser::page::{self, PageEvent};
use engine::Engine;
use event::Events;
use options::Options;
use presentation::Presentation;

/// Plays a live FLV stream, over HTTP or WebSocket, on a video element.
#[wasm_bindgen]
#[expect(missing_debug_implementations, reason = "it holds the browser's callbacks, which print nothing")]
pub struct Player {
    shared: Rc<Shared>,
    /// Its listeners; none while nothing is loaded.
    watch: RefCell<Option<Watch>>,
    video: HtmlVideoElement,
}

/// What calls the engine from outside.
struct Watch {
    _element: [EventListener; 5],
}

#[wasm_bindgen]
impl Player {
    /// A player for that element. `options` is a `PlayerOptions`; `on_event` is called with each `PlayerEvent` (see
    /// `events.ts`).
    #[wasm_bindgen(constructor)]
    pub fn new(video: HtmlVideoElement, options: &JsValue, on_event: Function) -> Self {
        let options = Options::of(options);
        let shared = Rc::new_cyclic(|this| {
            let events = Rc::new(Events::new(on_event));
            let engine = Engine::new(this.clone(), video.clone(), events.clone(), options);
            Shared { engine: RefCell::new(engine), events }
        });
        Self { shared, watch: RefCell::default(), video }
    }

    /// Plays a URL (`http:`, `https:`, `ws:`, `wss:`, or relative to the page) in place of what played before.
    ///
    /// # Errors
    /// When the element is none. What goes wrong with the URL comes as an event.
    pub fn load(&self, url: &str) -> Result<(), JsValue> {
        if self.watch.borrow().is_none() {
            *self.watch.borrow_mut() = Some(self.make_watch()?);
        }
        self.enter(|engine| engine.load(url));
        Ok(())
    }

    /// Closes the connection and takes the stream off the element.
    pub fn stop(&self) {
        self.watch.borrow_mut().take();
        self.enter(Engine::stop);
    }

    /// Stops; nothing of the player is left in the page, and it cannot be used again.
    pub fn destroy(self) {
        self.stop();
    }

    /// Goes to the live edge, as after a pause.
    #[wasm_bindgen(js_name = jumpToLive)]
    pub fn jump_to_live(&self) {
        self.enter(Engine::jump_to_live);
    }

    /// Makes the decisions that time calls for; to be called ten times a second.
    pub fn tick(&self) {
        self.enter(Engine::tick);
    }

    /// Takes what happens to the page, by the names of `page-events.ts`; `hidden` is whether nobody sees it.
    #[wasm_bindgen(js_name = handlePageEvent)]
    pub fn handle_page_event(&self, name: &str, hidden: bool) {
        page::set_hidden(hidden);
        if let Some(event) = PageEvent::of(name) {
            self.enter(|engine| engine.handle_page_event(event));
        }
    }

    /// A `PlayerStats`: what is playing, and how well.
    pub fn stats(&self) -> JsValue {
        self.enter(Engine::stats).unwrap_or(JsValue::NULL)
    }

    /// Sets how far behind the live edge to play, in seconds; `undefined`: what suits the stream.
    #[wasm_bindgen(js_name = setLatencyTarget)]
    pub fn set_latency_target(&self, seconds: Option<f64>) {
        self.enter(|engine| engine.set_latency_target(seconds.filter(|&seconds| seconds > 0.0)));
    }

    /// Sets whether to come back after a connection ended.
    #[wasm_bindgen(js_name = setReconnect)]
    pub fn set_reconnect(&self, reconnect: bool) {
        self.enter(|engine| engine.options.reconnect = reconnect);
    }

    /// Sets whether the next load plays by itself.
    #[wasm_bindgen(js_name = setAutoplay)]
    pub fn set_autoplay(&self, autoplay: bool) {
        self.enter(|engine| engine.options.autoplay = autoplay);
    }

    /// Begins to record, at the next keyframe; what is recorded comes as `recorded` events.
    pub fn record(&self) {
        self.enter(|engine| engine.presentation_mut(|presentation| presentation.recorder.start()));
    }

    /// Ends the recording.
    #[wasm_bindgen(js_name = stopRecording)]
    pub fn stop_recording(&self) {
        self.enter(|engine| engine.presentation_mut(Presentation::stop_recording));
    }

    fn enter<R>(&self, action: impl FnOnce(&mut Engine) -> R) -> Option<R> {
        Shared::enter(&Rc::downgrade(&self.shared), action)
    }

    fn make_watch(&self) -> Result<Watch, JsValue> {
        let this = Rc::downgrade(&self.shared);
        let on_event = |action: fn(&mut Engine)| {
            let this = this.clone();
            move |_| {
                Shared::enter(&this, action);
            }
        };
        Ok(Watch {
            _element: [
                EventListener::new(&self.video, "play", on_event(|engine| engine.handle_play_state(true)))?,
                EventListener::new(&self.video, "pause", on_event(|engine| engine.handle_play_state(false)))?,
                EventListener::new(&self.video, "seeking", on_event(Engine::handle_seeking))?,
                EventListener::new(&self.video, "waiting", on_event(Engine::handle_waiting))?,
                EventListener::new(&self.video, "error", on_event(Engine::handle_element_error))?,
            ],
        })
    }
}

/// The engine, and the events that it has for the page.
pub(crate) struct Shared {
    engine: RefCell<Engine>,
    events: Rc<Events>,
}

impl Shared {
    /// The only way in: lets `action` use the engine, and delivers events once it is free again.
    ///
    /// Nothing happens once the player is gone, or from within itself: the browser fires no event of ours synchronously.
    fn enter<R>(this: &Weak<Self>, action: impl FnOnce(&mut Engine) -> R) -> Option<R> {
        let shared = this.upgrade()?;
        let mut engine = shared.engine.try_borrow_mut().ok()?;
        let start = page::now();
        let result = action(&mut engine);
        engine.count_busy(page::now() - start);
        drop(engine);
        shared.events.deliver();
        Some(result)
    }
}
