//! Starting playback where the browser may forbid it.

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlVideoElement;

use super::object::is_error_named;

/// What came of a start that no user asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Autoplay {
    /// It plays, or something else took its place.
    Done,
    /// It plays, but the sound had to be turned off.
    Muted,
    /// It does not play until the user asks for it.
    Blocked,
}

/// Plays; without sound if that is the only way.
pub(crate) async fn autoplay(video: &HtmlVideoElement) -> Autoplay {
    if !is_forbidden(play(video).await) {
        return Autoplay::Done;
    }
    if video.muted() {
        return Autoplay::Blocked;
    }
    video.set_muted(true);
    if is_forbidden(play(video).await) {
        video.set_muted(false);
        return Autoplay::Blocked;
    }
    Autoplay::Muted
}

async fn play(video: &HtmlVideoElement) -> Result<(), JsValue> {
    JsFuture::from(video.play()?).await.map(drop)
}

fn is_forbidden(result: Result<(), JsValue>) -> bool {
    // An AbortError says no more than that the source was exchanged meanwhile.
    result.is_err_and(|error| is_error_named(&error, "NotAllowedError"))
}
