//! The media type of a file, where it is another one than the table of types says, or needs a character set.

use http::HeaderValue;

/// The right type of the file at `path`, whose type by the table is `known`.
pub(super) fn media_type(path: &str, known: &HeaderValue) -> HeaderValue {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref().unwrap_or_default() {
        // The type that RFC 9239 leaves for all scripts.
        "mjs" => HeaderValue::from_static("text/javascript"),
        // MPEG-2 TS (RFC 3555 section 4.2.9) and its playlists (RFC 8216 section 4): what HLS players look for.
        "ts" | "m2ts" => HeaderValue::from_static("video/mp2t"),
        "m3u8" => HeaderValue::from_static("application/vnd.apple.mpegurl"),
        "fhv" | "flv" => HeaderValue::from_static("video/x-flv"),
        "m4s" => HeaderValue::from_static("video/iso.segment"),
        "map" => HeaderValue::from_static("application/json"),
        // Pages, style sheets and XML name their own character set; what cannot must be told, or a browser guesses.
        "html" | "htm" | "css" | "js" | "xml" => known.clone(),
        _ if known.as_bytes().starts_with(b"text/") && !known.as_bytes().contains(&b';') => {
            HeaderValue::from_bytes(&[known.as_bytes(), b"; charset=utf-8"].concat()).unwrap_or(known.clone())
        }
        _ => known.clone(),
    }
}

/// What recordings and their playlists are called, in lower case.
const RECORDINGS: [&str; 27] = [
    "3gp", "aac", "avi", "f4v", "fhv", "flac", "flv", "m2ts", "m3u", "m3u8", "m4a", "m4s", "m4v", "mkv",
    "mov", "mp3", "mp4", "mpd", "mpeg", "mpg", "mts", "oga", "ogg", "ogv", "opus", "ts", "webm",
];

/// Whether a file is a recording by its name, also one that is being written (`cam.flv.tmp`) or compressed
/// (`index.m3u8.gz`).
pub(super) fn is_recording(name: &str) -> bool {
    let mut extensions = name.split('.').skip(1);
    extensions.any(|extension| RECORDINGS.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_known_by_their_names() {
        for name in
            ["cam.flv", "cam.1700000000000.FLV", "a.mp4", "a.m3u8", "a.flv.tmp", "index.m3u8.gz", "x.ts"]
        {
            assert!(is_recording(name), "{name}");
        }
        for name in ["index.html", "flv", "mp4.js", "player.wasm", "poster.jpg", "", "."] {
            assert!(!is_recording(name), "{name}");
        }
    }
}
