//! How an event becomes a line.

use std::fmt::{self, Debug, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{ChronoLocal, ChronoUtc, FormatTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::escape::Escaping;

const DIM: &str = "\u{1b}[2m";
const ITALIC: &str = "\u{1b}[3m";
const RESET: &str = "\u{1b}[0m";

/// One line for each event: time, level, where from, message, `name=value`.
///
/// Messages and values may have been chosen by a peer, whoever logs them: all go through [`Escaping`] here, so that one
/// event is one line, and no command to a terminal.
#[derive(Debug)]
pub(super) struct Line {
    /// Whether times are in UTC; otherwise in the machine's time zone.
    pub(super) utc: bool,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (metadata, colour) = (event.metadata(), writer.has_ansi_escapes());
        let (dim, reset) = if colour { (DIM, RESET) } else { ("", "") };
        writer.write_str(dim)?;
        // A clock that cannot be read takes no line away.
        let _ = self.format_time(&mut writer);
        let (level, target) = (*metadata.level(), metadata.target());
        let of_level = if colour { colour_of(level) } else { "" };
        write!(writer, "{reset} {of_level}{level:>5}{reset} {dim}{target}:{reset}")?;
        let mut values = Values { writer: &mut writer, colour, result: Ok(()) };
        event.record(&mut values);
        values.result?;
        writeln!(writer)
    }
}

impl FormatTime for Line {
    /// To the microsecond (RFC 3339).
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        if self.utc { ChronoUtc::rfc_3339().format_time(w) } else { ChronoLocal::rfc_3339().format_time(w) }
    }
}

const fn colour_of(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\u{1b}[31m",
        Level::WARN => "\u{1b}[33m",
        Level::INFO => "\u{1b}[32m",
        Level::DEBUG => "\u{1b}[34m",
        Level::TRACE => "\u{1b}[35m",
    }
}

/// Writes an event's message and values, each behind a space.
struct Values<'a, 'w> {
    writer: &'a mut Writer<'w>,
    colour: bool,
    result: fmt::Result,
}

impl Values<'_, '_> {
    fn write(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.result.is_ok() {
            self.result = self.try_write(field.name(), value);
        }
    }

    fn try_write(&mut self, name: &str, value: fmt::Arguments<'_>) -> fmt::Result {
        self.writer.write_char(' ')?;
        match (name, self.colour) {
            ("message", _) => {}
            (name, true) => write!(self.writer, "{ITALIC}{name}{RESET}{DIM}={RESET}")?,
            (name, false) => write!(self.writer, "{name}=")?,
        }
        Escaping::new(&mut *self.writer).write_fmt(value)
    }
}

impl Visit for Values<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.write(field, format_args!("{value}"));
        } else {
            self.write(field, format_args!("{value:?}"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.write(field, format_args!("{value:?}"));
    }
}
