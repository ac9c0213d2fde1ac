//! Directives as text, for round trips.

use super::Directive;

/// `directives` as text that parses into the same directives.
pub(in crate::config) fn print(directives: &[Directive]) -> String {
    let mut text = String::new();
    print_into(&mut text, directives, 0);
    text
}

fn print_into(text: &mut String, directives: &[Directive], depth: usize) {
    for directive in directives {
        text.push_str(&"    ".repeat(depth));
        print_word(text, &directive.name.text);
        for arg in &directive.args {
            text.push(' ');
            print_word(text, &arg.text);
        }
        match &directive.block {
            None => text.push_str(";\n"),
            Some(block) => {
                text.push_str(" {\n");
                print_into(text, block, depth + 1);
                text.push_str(&"    ".repeat(depth));
                text.push_str("}\n");
            }
        }
    }
}

/// The grammar has no escapes: a word with one kind of quote is put into the other kind.
fn print_word(text: &mut String, word: &str) {
    let bare = !word.starts_with(['#', '"', '\'', '}'])
        && !word.contains([' ', '\t', '\r', '\n', ';', '{'])
        && !word.is_empty();
    let quote = match bare {
        true => "",
        false if word.contains('"') => "'",
        false => "\"",
    };
    text.push_str(quote);
    text.push_str(word);
    text.push_str(quote);
}
