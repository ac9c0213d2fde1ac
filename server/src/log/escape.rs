//! Text that a peer may have chosen, for a log or a terminal.

use std::fmt::{self, Write};

/// What one value may take of a line, in bytes. A name may be as long as a peer likes.
const MAX_VALUE: usize = 2048;

/// Passes text on to a writer with everything that is not to be seen written as an escape, such as `\n` or `\u{202e}`:
/// line ends, control characters (of which terminals make commands), characters without a shape of their own and those
/// that turn the direction of writing. One value is cut at [`MAX_VALUE`].
pub(crate) struct Escaping<W> {
    writer: W,
    /// Bytes that still fit; `None` after the mark for what did not.
    left: Option<usize>,
}

impl<W: Write> Escaping<W> {
    pub(crate) const fn new(writer: W) -> Self {
        Self { writer, left: Some(MAX_VALUE) }
    }

    /// Writes as much of `text`, all plain, as fits, and a mark for the rest.
    fn put_plain(&mut self, text: &str) -> fmt::Result {
        let fitting = text.len().min(self.left.unwrap_or_default());
        self.put(&text[..fitting])?;
        self.put(&text[fitting..])
    }

    /// Writes `text`, or, when that does not fit any more, a mark.
    fn put(&mut self, text: &str) -> fmt::Result {
        let Some(left) = self.left else { return Ok(()) };
        self.left = left.checked_sub(text.len());
        self.writer.write_str(if self.left.is_some() { text } else { "..." })
    }

    fn put_char(&mut self, char: char) -> fmt::Result {
        // The standard library knows what can be seen. A mark that belongs to the letter before it is a letter's part: that
        // is what the letter is for.
        let mut pair = [b'a'; 5];
        let length = 1 + char.encode_utf8(&mut pair[1..]).len();
        let pair = std::str::from_utf8(&pair[..length]).unwrap_or_default();
        let mut escaped = String::with_capacity(10);
        pair.escape_debug().skip(1).for_each(|char| escaped.push(char));
        self.put(&escaped)
    }
}

impl<W: Write> Write for Escaping<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while self.left.is_some() && !rest.is_empty() {
            let plain = rest.bytes().position(|byte| !is_plain(byte)).unwrap_or(rest.len());
            self.put_plain(&rest[..plain])?;
            let mut chars = rest[plain..].chars();
            if let Some(char) = chars.next() {
                self.put_char(char)?;
            }
            rest = chars.as_str();
        }
        Ok(())
    }
}

/// Whether a byte is a character of ASCII that is what it looks like.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// `text`, escaped.
pub(crate) fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    // A string takes everything.
    let _ = Escaping::new(&mut written).write_str(text);
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_obey_or_hide_is_written_as_an_escape() {
        for (text, expected) in [
            ("a\nb\r\tc", r"a\nb\r\tc"),
            ("\u{1b}[2J\u{7}\u{8}\0\u{7f}", r"\u{1b}[2J\u{7}\u{8}\0\u{7f}"),
            ("\u{9b}31m\u{85}", r"\u{9b}31m\u{85}"),
            ("cam\u{202e}gpj", r"cam\u{202e}gpj"),
            ("\u{2066}\u{2069}\u{200e}\u{200b}\u{feff}", r"\u{2066}\u{2069}\u{200e}\u{200b}\u{feff}"),
            ("\u{2028}\u{2029}\u{e0041}", r"\u{2028}\u{2029}\u{e0041}"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }

    #[test]
    fn text_of_every_language_stays_as_it_is() {
        for text in
            ["/live/cam.flv?token=a%0Ab", r#"C:\x "y" 'z'"#, "频道一", "Küche", "नमस्ते", "e\u{301}", "🎥"]
        {
            assert_eq!(escaped(text), text);
        }
    }

    #[test]
    fn one_value_has_a_bound() {
        for text in ["a".repeat(100_000), "\u{1b}".repeat(100_000), "频".repeat(100_000)] {
            let escaped = escaped(&text);
            assert!(escaped.len() <= MAX_VALUE + 3, "{}", escaped.len());
            assert!(escaped.ends_with("..."));
        }
        let full = "b".repeat(MAX_VALUE);
        assert_eq!(escaped(&full), full);
    }
}
