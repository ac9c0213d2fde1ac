//! Recordings over HTTP: what ffmpeg makes of any start, and of seeks by range.

use std::path::{Path, PathBuf};

use flvgate::config::HttpStatic;
use flvgate_tests::ffmpeg::{self, Audio, Clip, Packet};
use flvgate_tests::server::TestServer;
use flvgate_tests::{process, viewer};

/// A server of the files in a directory, under `/vod/`.
struct Library {
    server: TestServer,
    directory: tempfile::TempDir,
}

impl Library {
    fn open() -> Self {
        let directory = tempfile::tempdir().expect("there is room for recordings");
        let server = TestServer::start(|vhost| {
            let dir = directory.path().to_owned();
            vhost.http_static = HttpStatic { enabled: true, mount: "[vhost]/vod".into(), dir };
        });
        Self { server, directory }
    }

    fn url(&self, file: &Path) -> String {
        let name = file.file_name().expect("a recording has a name").to_string_lossy();
        format!("http://{}/vod/{name}", self.server.http_host())
    }

    /// Makes `name` of `source` with ffmpeg's `arguments`.
    async fn make(&self, source: &Path, name: &str, arguments: &[&str]) -> PathBuf {
        let path = self.directory.path().join(name);
        let (from, to) = (source.display().to_string(), path.display().to_string());
        let all = [&["-v", "error", "-y", "-i", &from], arguments, &[&to]].concat();
        process::run_clean("ffmpeg", &all).await;
        path
    }

    /// Asks for `file` from every one of `starts`, and compares what ffmpeg finds with the end of what it finds in the
    /// whole. `gop` is frames from keyframe to keyframe; `None` where there is no video.
    async fn compare(&self, file: &Path, starts: impl IntoIterator<Item = u64>, gop: Option<usize>) {
        let whole = ffmpeg::packets(file).await;
        let bytes = std::fs::read(file).expect("the recording is there");
        for start in starts {
            let answer = viewer::get(&format!("{}?start={start}", self.url(file))).await;
            assert_eq!(answer.status, 200, "{start}");
            assert_eq!(answer.headers["content-length"], answer.body.len().to_string().as_str());
            let path = self.directory.path().join("answer.flv");
            std::fs::write(&path, &answer.body).expect("there is room for an answer");
            let found = ffmpeg::packets(&path).await;
            let skipped = compare_ends(&whole, &found);
            match gop {
                Some(gop) => assert_eq!(skipped % gop, 0, "start={start} begins at a keyframe"),
                None => assert!(skipped < whole.len(), "start={start}"),
            }
            assert_eq!(ffmpeg::decode_complaints(&path).await, "", "start={start}");
            let (_, behind) = bytes.split_at(usize::try_from(start).expect("recordings are small"));
            assert!(answer.body.ends_with(behind), "start={start}: nothing behind it is missing");
        }
    }
}

/// Every track's packets in `found` are the last ones of `whole`; returns how many of the first track are missing.
fn compare_ends(whole: &[Packet], found: &[Packet]) -> usize {
    let track = |packets: &[Packet], stream| -> Vec<Packet> {
        packets.iter().filter(|packet| packet.stream == stream).cloned().collect()
    };
    let tracks = whole.iter().map(|packet| packet.stream).max().expect("there are packets");
    for stream in (0..=tracks).rev() {
        let (all, got) = (track(whole, stream), track(found, stream));
        assert!(!got.is_empty() && got.len() <= all.len(), "track {stream}: {} of {}", got.len(), all.len());
        let skipped = all.len() - got.len();
        assert_eq!(all[skipped..], got, "track {stream}");
        if stream == 0 {
            return skipped;
        }
    }
    0
}

/// Places all over a file: even steps, and odd ones between.
fn places(file: &Path, count: u64) -> impl Iterator<Item = u64> {
    let len = std::fs::metadata(file).expect("the recording is there").len();
    // The last tags of a file may be audio of which nothing follows; the middle of the last GOP is enough.
    (0..count).map(move |step| 1 + (len * 9 / 10) * step / count + (step * 7919) % 997)
}

async fn clip(library: &Library, clip: Clip) -> PathBuf {
    clip.make(library.directory.path()).await
}

#[tokio::test]
async fn any_byte_of_a_recording_without_an_index_leads_to_what_plays() {
    let library = Library::open();
    let file = clip(&library, Clip::default()).await;
    library.compare(&file, places(&file, 20), Some(25)).await;
}

#[tokio::test]
async fn any_byte_of_a_recording_with_an_index_leads_to_what_plays() {
    let library = Library::open();
    let source = clip(&library, Clip { seconds: 4, ..Clip::default() }).await;
    let arguments = ["-c", "copy", "-flvflags", "add_keyframe_index"];
    let file = library.make(&source, "indexed.flv", &arguments).await;
    library.compare(&file, places(&file, 12), Some(25)).await;
}

#[tokio::test]
async fn any_byte_of_a_recording_with_mp3_leads_to_what_plays() {
    let library = Library::open();
    let file = clip(&library, Clip { audio: Audio::Mp3, seconds: 4, ..Clip::default() }).await;
    library.compare(&file, places(&file, 8), Some(25)).await;
}

#[tokio::test]
async fn any_byte_of_a_recording_of_sound_alone_leads_to_what_plays() {
    let library = Library::open();
    let source = clip(&library, Clip { seconds: 4, ..Clip::default() }).await;
    let file = library.make(&source, "sound.flv", &["-c", "copy", "-vn"]).await;
    library.compare(&file, places(&file, 12), None).await;
}

#[tokio::test]
async fn a_time_leads_to_the_keyframe_at_or_before_it() {
    let library = Library::open();
    let file = clip(&library, Clip::default()).await;
    let whole = ffmpeg::packets(&file).await;
    let first = |packets: &[Packet]| packets.iter().find(|packet| packet.stream == 0).cloned();
    let origin = first(&whole).expect("there is video");
    for (time, second) in [("0.9", 0), ("1.2", 1), ("2.99", 2), ("3.5", 3), ("5", 5), ("5.9", 5)] {
        let answer = viewer::get(&format!("{}?start={time}s", library.url(&file))).await;
        let path = library.directory.path().join("answer.flv");
        std::fs::write(&path, &answer.body).expect("there is room for an answer");
        let got = first(&ffmpeg::packets(&path).await).expect("there is video");
        assert_eq!(got.pts - origin.pts, second * 1000, "start={time}s");
    }
}

#[tokio::test]
async fn ffprobe_tells_the_whole_duration_of_a_part() {
    let library = Library::open();
    let file = clip(&library, Clip::default()).await;
    let url = format!("{}?start=3.5s", library.url(&file));
    let fields =
        ["-show_entries", "format=duration,start_time:stream=codec_name", "-of", "default=nk=1:nw=1"];
    let report = process::run_clean("ffprobe", &[&["-v", "error"], &fields[..], &[&url]].concat()).await;
    let lines: Vec<_> = report.lines().collect();
    assert_eq!(lines[..2], ["h264", "aac"]);
    let number = |index: usize| lines[index].parse::<f64>().expect("a number");
    assert!((2.9..3.2).contains(&number(2)), "starts at {}", lines[2]);
    assert!((5.9..6.3).contains(&number(3)), "lasts {}", lines[3]);
}

#[tokio::test]
async fn ffmpeg_seeks_by_range_in_flv_and_mp4() {
    let library = Library::open();
    let source = clip(&library, Clip { seconds: 20, ..Clip::default() }).await;
    let index = ["-c", "copy", "-flvflags", "add_keyframe_index"];
    let flv = library.make(&source, "seek.flv", &index).await;
    let mp4 = library.make(&source, "seek.mp4", &["-c", "copy"]).await;
    for file in [flv, mp4] {
        let frames = async |input: &str| {
            let arguments = ["-v", "error", "-ss", "15.3", "-i", input, "-map", "0:v", "-f", "framemd5", "-"];
            process::run_clean("ffmpeg", &arguments).await
        };
        let (here, there) = (frames(&file.display().to_string()).await, frames(&library.url(&file)).await);
        assert!(here.lines().count() > 100, "{}", here.lines().count());
        assert_eq!(here, there, "{}", file.display());
    }
}
