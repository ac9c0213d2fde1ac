//! The forms that vhosts had in SRS 1 and 2, which SRS still reads: rewritten to those that they have now.

use super::report::{Finding, Report, Severity};
use super::tree::{Directive, Word};

/// The directives of a vhost's block, in their newer forms. Each one that was rewritten gets a note.
///
/// Keys that only moved to another block are not here: [`Key::also`](super::schema::Key::also) has their older places.
pub(super) fn rewrite(directives: &[Directive], report: &mut Report) -> Vec<Directive> {
    let mut newer: Vec<Directive> = Vec::with_capacity(directives.len());
    for directive in directives {
        let is_flat = directive.block.is_none() && !directive.args.is_empty();
        match directive.name.text.as_str() {
            "http" => {
                note(report, directive, "http_static");
                newer.push(Directive { name: word(directive, "http_static"), ..directive.clone() });
            }
            "forward" if is_flat => {
                note(report, directive, "forward { destination }");
                put(&mut newer, directive, "forward", "destination");
            }
            "refer" if is_flat => {
                note(report, directive, "refer { all }");
                put(&mut newer, directive, "refer", "all");
            }
            "refer_play" if is_flat => {
                note(report, directive, "refer { play }");
                put(&mut newer, directive, "refer", "play");
            }
            "refer_publish" if is_flat => {
                note(report, directive, "refer { publish }");
                put(&mut newer, directive, "refer", "publish");
            }
            _ => newer.push(directive.clone()),
        }
    }
    newer
}

fn note(report: &mut Report, directive: &Directive, newer: &str) {
    let message = format!("'{}' is read as '{newer}'", directive.name.text);
    report.push(Finding::new(Severity::Note, message).at(directive.name.span, "an older form of SRS"));
}

/// Puts `directive` into `block` as the key `name`, and switches the block on unless it says itself whether it is.
fn put(newer: &mut Vec<Directive>, directive: &Directive, block: &str, name: &str) {
    let key = Directive { name: word(directive, name), ..directive.clone() };
    let inside =
        newer.iter_mut().filter(|there| there.name.text == block).find_map(|there| there.block.as_mut());
    let enabled = Directive {
        name: word(directive, "enabled"),
        args: vec![word(directive, "on")],
        block: None,
        span: directive.span,
    };
    if let Some(inside) = inside {
        if !inside.iter().any(|there| there.name.text == "enabled") {
            inside.push(enabled);
        }
        inside.push(key);
        return;
    }
    newer.push(Directive {
        name: word(directive, block),
        args: Vec::new(),
        block: Some(vec![key, enabled]),
        span: directive.span,
    });
}

fn word(directive: &Directive, text: &str) -> Word {
    Word { text: text.to_owned(), span: directive.name.span }
}
