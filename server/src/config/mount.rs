//! The template of the URLs that a vhost's streams have.

use flvgate_media::format::Format;

use super::model::MountTemplate;
use super::value::Refusal;

const VARIABLES: [&str; 3] = ["[vhost]", "[app]", "[stream]"];

impl MountTemplate {
    /// A template in which every stream has one URL of its own, and every URL names one stream.
    ///
    /// It begins with `[vhost]/`, `/` or a host name, has `[app]` as one whole part of the path, `[stream]` in the last
    /// part, and ends with a [`Format`]'s extension, which says what is delivered there.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        unknown_variables(text)?;
        let slash = text.find('/').unwrap_or(text.len());
        let (host, path) = text.split_at(slash);
        if text.is_empty() || (host.contains('[') && host != "[vhost]") {
            return Err(refuse(text, "does not begin with '[vhost]/', '/' or a host name"));
        }
        if path.split('/').any(|part| part.contains("[vhost]") && part != "[vhost]") {
            return Err(refuse(text, "has '[vhost]' in a part of the path with something else"));
        }
        if path.contains("//") || text.contains(['?', '#', '%']) {
            return Err(refuse(text, "is not a plain path"));
        }
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        if folder.split('/').filter(|part| *part == "[app]").count() != 1
            || path.matches("[app]").count() != 1
        {
            return Err(refuse(text, "does not have '[app]' as exactly one part of the path"));
        }
        if file.matches("[stream]").count() != 1 || path.matches("[stream]").count() != 1 {
            return Err(refuse(text, "does not have '[stream]' exactly once, in the last part of the path"));
        }
        extension(file)?;
        Ok(Self(text.to_owned()))
    }
}

fn unknown_variables(text: &str) -> Result<(), Refusal> {
    let mut rest = text;
    while let Some(start) = rest.find(['[', ']']) {
        rest = &rest[start..];
        let Some(known) = VARIABLES.iter().find(|variable| rest.starts_with(**variable)) else {
            let end = rest.find(']').map_or(rest.len(), |end| end + 1);
            let mut refusal = Refusal::new(format!("'{}' is not a variable of a mount", &rest[..end]));
            refusal.help = Some(format!("the variables are {}", VARIABLES.join(", ")));
            return Err(refusal);
        };
        rest = &rest[known.len()..];
    }
    Ok(())
}

fn extension(file: &str) -> Result<(), Refusal> {
    // The stream's own name is behind `[stream]`, so only what follows it in the template is an extension.
    let tail = file.rsplit_once("[stream]").map_or(file, |(_, tail)| tail);
    let extension = tail.rfind('.').map_or("", |dot| &tail[dot..]);
    if Format::ALL.iter().any(|format| format.extension() == extension) {
        return Ok(());
    }
    let message = match extension {
        "" => "a mount ends with an extension, which says the format".to_owned(),
        unknown => format!("'{unknown}' is not an extension that flvgate knows"),
    };
    let known = Format::ALL.map(Format::extension).join(", ");
    Err(Refusal { message, help: Some(format!("what it serves is {known}")) })
}

fn refuse(text: &str, why: &str) -> Refusal {
    let help = "such as '[vhost]/[app]/[stream].flv', or '/[app]/[stream].flv' for any host";
    Refusal { message: format!("mount '{text}' {why}"), help: Some(help.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_that_name_every_stream_once_are_taken() {
        for text in [
            "[vhost]/[app]/[stream].flv",
            "/[app]/[stream].flv",
            "/hdl/[app]/[stream]-hd.flv",
            "[vhost]/a/[app]/b/live-[stream].flv",
            "example.com/[app]/[stream].flv",
            "/[vhost]/[app]/[stream].flv",
            "[vhost]/[app]/[stream].ts",
            "/[app]/[stream].mp3",
            "/[app]/[stream].hd.aac",
        ] {
            assert_eq!(MountTemplate::parse(text), Ok(MountTemplate(text.to_owned())));
        }
    }

    #[test]
    fn templates_that_cannot_work_are_refused_with_the_reason() {
        for (text, reason) in [
            ("[vhost]/[app]/[name].flv", "'[name]' is not a variable"),
            ("[vhost]/[app]/[stream", "'[stream' is not a variable"),
            ("[app]/[stream].flv", "does not begin with"),
            ("", "does not begin with"),
            ("/x[vhost]/[app]/[stream].flv", "something else"),
            ("x[vhost]/[app]/[stream].flv", "does not begin with"),
            ("/[stream].flv", "'[app]'"),
            ("/x[app]/[stream].flv", "'[app]'"),
            ("/[app]/live.flv", "'[stream]'"),
            ("/[app]/[stream]/[stream].flv", "'[stream]'"),
            ("/[app]//[stream].flv", "not a plain path"),
            ("/[app]/[stream].m3u8", "'.m3u8' is not an extension"),
            ("/[app]/[stream].flv.", "'.' is not an extension"),
            ("/[app].ts/[stream]", "'[app]'"),
            ("/[app]/[stream].mp4", "'.mp4' is not an extension"),
            ("/[app]/[stream]", "ends with an extension"),
        ] {
            let refusal = MountTemplate::parse(text).unwrap_err();
            assert!(refusal.message.contains(reason), "{text}: {}", refusal.message);
        }
    }
}
