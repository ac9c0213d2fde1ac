//! Values to their fields: the file's, or those of the environment, which win.

use super::{Found, Reader};
use crate::config::changes::{Keys, Value};
use crate::config::report::{Finding, Severity};
use crate::config::schema::{Key, Remark};
use crate::config::tree::Directive;

impl Reader<'_> {
    /// Puts every value into `target`; returns those values.
    pub(super) fn apply_all<T>(&mut self, found: &Found<'_, T>, target: &mut T) -> Keys {
        let mut keys = Keys::new();
        for (key, directive) in found.table.iter().zip(&found.first) {
            if let Some((variable, value)) = self.variable(key) {
                self.apply_variable(key, &variable, &value, target);
                keys.insert(key.path, Value::of(key, &[value.trim()]));
            } else if let Some((directive, _)) = directive {
                self.apply(key, directive, target);
                keys.insert(key.path, Value::of(key, &texts(directive)));
            }
        }
        for &(at, directive) in &found.repeated {
            let key = found.table[at];
            if self.variable(key).is_none() {
                self.apply(key, directive, target);
                let args = texts(directive);
                keys.entry(key.path)
                    .and_modify(|value| value.and(&args))
                    .or_insert_with(|| Value::of(key, &args));
            }
        }
        keys
    }

    fn apply<T>(&mut self, key: &Key<T>, directive: &Directive, target: &mut T) {
        let name = &directive.name;
        let args = texts(directive);
        if args.is_empty() {
            let message = format!("'{}' has no value", name.text);
            let help = format!("it takes {}", key.kind.expects());
            self.report.push(Finding::error(message).at(directive.span, "expected a value").help(help));
            return;
        }
        if args.len() > 1 && !key.kind.is_list() {
            let message = format!("'{}' takes one value, not {}", name.text, args.len());
            let help = format!("it takes {}", key.kind.expects());
            self.report.push(Finding::error(message).at(directive.args[1].span, "unexpected").help(help));
            return;
        }
        let finding = match key.apply(target, &args) {
            Ok(()) => return,
            Err(Remark::Noted(note)) => {
                Finding::new(Severity::Note, format!("'{}' is ignored: {note}", name.text))
                    .at(directive.span, "")
            }
            Err(Remark::Refused(arg, refusal)) => {
                let label = format!("expected {}", key.kind.expects());
                let message = format!("{}: {}", name.text, refusal.message);
                let finding = Finding::error(message).at(directive.args[arg].span, label);
                match refusal.help {
                    Some(help) => finding.help(help),
                    None => finding,
                }
            }
        };
        self.report.push(finding);
    }

    fn apply_variable<T>(&mut self, key: &Key<T>, variable: &str, value: &str, target: &mut T) {
        let times: Vec<&str> = if key.kind.is_repeated() { value.split(',').collect() } else { vec![value] };
        for value in times {
            let args: Vec<&str> = value.split_ascii_whitespace().collect();
            let one = [value.trim()];
            let args = if key.kind.is_list() { args.as_slice() } else { one.as_slice() };
            self.apply_variable_once(key, variable, args, target);
        }
    }

    fn apply_variable_once<T>(&mut self, key: &Key<T>, variable: &str, args: &[&str], target: &mut T) {
        let finding = match key.apply(target, args) {
            Ok(()) => return,
            Err(Remark::Noted(note)) => {
                Finding::new(Severity::Note, format!("environment variable {variable} is ignored: {note}"))
            }
            Err(Remark::Refused(_, refusal)) => {
                let message = format!("environment variable {variable}: {}", refusal.message);
                let expects = format!("it takes {}", key.kind.expects());
                Finding::error(message).help(refusal.help.unwrap_or(expects))
            }
        };
        // A vhost's variable is read once for each vhost, and is wrong once.
        if !self.report.has(&finding) {
            self.report.push(finding);
        }
    }

    pub(super) fn variable<T>(&self, key: &Key<T>) -> Option<(String, String)> {
        key.variables().find_map(|name| {
            let value = self.environment.value(&name)?.to_owned();
            Some((name, value))
        })
    }
}

fn texts(directive: &Directive) -> Vec<&str> {
    directive.args.iter().map(|arg| arg.text.as_str()).collect()
}
