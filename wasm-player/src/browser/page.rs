//! The page around the player: its clock, whether it is seen, whether it is left.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{PageTransitionEvent, VisibilityState};

use super::event_listener::EventListener;

/// What happens to the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageEvent {
    /// It came to the foreground.
    Shown,
    /// It is left; it may come back from the browser's back/forward cache.
    Left,
    /// It came back from that cache.
    Restored,
    /// The network is back.
    Online,
}

/// A monotonic clock, in seconds.
pub(crate) fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now() / 1000.0)
}

/// Whether nobody can see the page.
pub(crate) fn is_hidden() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.visibility_state() == VisibilityState::Hidden)
}

/// Calls back for what happens to the page, as long as the listeners live.
///
/// # Errors
/// When there is no window.
pub(crate) fn listen(callback: impl Fn(PageEvent) + Clone + 'static) -> Result<[EventListener; 4], JsValue> {
    let window = web_sys::window().ok_or("there is no window")?;
    let document = window.document().ok_or("there is no document")?;
    let (shown, left, restored, online) = (callback.clone(), callback.clone(), callback.clone(), callback);
    Ok([
        EventListener::new(&document, "visibilitychange", move |_| {
            if !is_hidden() {
                shown(PageEvent::Shown);
            }
        })?,
        EventListener::new(&window, "pagehide", move |_| left(PageEvent::Left))?,
        EventListener::new(&window, "pageshow", move |event| {
            if event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted) {
                restored(PageEvent::Restored);
            }
        })?,
        EventListener::new(&window, "online", move |_| online(PageEvent::Online))?,
    ])
}
