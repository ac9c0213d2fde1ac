//! `SRS_*` variables, each of which wins over its key in the file.

use std::collections::BTreeMap;

use super::report::{Finding, Report};
use super::schema::{ROOT, VHOST};
use super::suggest::nearest;
use super::unserved;

/// Variables that are no keys: they choose where the configuration comes from, or belong to SRS's own set-up.
const NO_KEYS: [&str; 3] = ["SRS_CONFIG_FILE", "SRS_ENV_ONLY", "SRS_PLATFORM"];

/// The variables whose names begin with `SRS_` and that are not empty.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// What this process was started with. A variable that is not Unicode is left out.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// The value of `name`; `None` when it is not set, or empty.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Warns of each variable that looks like a key and is none, or sets what flvgate does not serve.
    pub(super) fn check(&self, report: &mut Report) {
        let mut known: Vec<String> = ROOT.iter().flat_map(|key| key.variables()).collect();
        known.extend(VHOST.iter().flat_map(|key| key.variables()));
        let unserved: Vec<_> = unserved::variables().collect();
        for name in self.0.keys() {
            if NO_KEYS.contains(&name.as_str()) || known.contains(name) {
                continue;
            }
            let reason = unserved.iter().find(|(unserved, _)| {
                name.strip_prefix(unserved).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
            });
            let finding = match reason {
                Some((_, unserved)) => Finding::new(
                    unserved.loss.severity(),
                    format!("environment variable {name} is ignored: {}", unserved.why),
                ),
                None => {
                    let finding =
                        Finding::warning(format!("environment variable {name} is ignored: no such key"));
                    match nearest(name, known.iter().map(String::as_str)) {
                        Some(near) => finding.help(format!("did you mean {near}?")),
                        None => finding,
                    }
                }
            };
            report.push(finding);
        }
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        let ours = |(name, value): &(String, String)| name.starts_with("SRS_") && !value.trim().is_empty();
        Self(variables.into_iter().filter(ours).collect())
    }
}
