//! The API names codecs, rates and sizes as ffprobe does, for all that ffmpeg can put into FLV.

use std::path::{Path, PathBuf};

use flvgate_tests::publisher::Publisher;
use flvgate_tests::server::TestServer;
use flvgate_tests::{process, sample};
use serde_json::{Value, json};

/// Names in the API by ffmpeg's.
const NAMES: [(&str, &str); 22] = [
    ("h264", "H264"),
    ("hevc", "HEVC"),
    ("av1", "AV1"),
    ("vp9", "VP9"),
    ("flv1", "H263"),
    ("flashsv", "Screen"),
    ("flashsv2", "Screen2"),
    ("aac", "AAC"),
    ("mp3", "MP3"),
    ("opus", "Opus"),
    ("flac", "FLAC"),
    ("ac3", "AC-3"),
    ("pcm_u8", "PCM"),
    ("pcm_s16le", "PCM"),
    ("pcm_s16be", "PCM"),
    ("pcm_alaw", "PCMA"),
    ("pcm_mulaw", "PCMU"),
    ("speex", "Speex"),
    ("adpcm_swf", "ADPCM"),
    ("nellymoser", "Nellymoser"),
    ("vp6f", "VP6"),
    ("vp6a", "VP6A"),
];

/// What ffmpeg is asked for, in words of its command line.
const MADE: [&str; 21] = [
    "-f lavfi -i testsrc=s=322x180 -c:v flv",
    "-f lavfi -i testsrc=s=352x288 -c:v flv",
    "-f lavfi -i testsrc=s=320x180 -c:v flashsv",
    "-f lavfi -i testsrc=s=320x176 -c:v flashsv2",
    "-f lavfi -i testsrc=s=318x178 -c:v libx264 -pix_fmt yuv420p",
    "-f lavfi -i testsrc=s=320x180 -c:v libx264 -pix_fmt yuv444p -level 4",
    "-f lavfi -i sine=sample_rate=44100 -ac 2 -c:a aac",
    "-f lavfi -i sine=sample_rate=8000 -c:a aac",
    "-f lavfi -i sine=sample_rate=44100 -c:a libmp3lame",
    "-f lavfi -i sine=sample_rate=22050 -ac 2 -c:a libmp3lame",
    "-f lavfi -i sine=sample_rate=11025 -c:a libmp3lame",
    "-f lavfi -i sine=sample_rate=8000 -c:a pcm_alaw",
    "-f lavfi -i sine=sample_rate=8000 -c:a pcm_mulaw",
    "-f lavfi -i sine=sample_rate=44100 -ac 2 -c:a pcm_s16le",
    "-f lavfi -i sine=sample_rate=11025 -c:a pcm_s16le",
    "-f lavfi -i sine=sample_rate=22050 -c:a adpcm_swf",
    "-f lavfi -i sine=sample_rate=16000 -c:a libspeex",
    "-f lavfi -i sine=sample_rate=8000 -c:a nellymoser",
    "-f lavfi -i sine=sample_rate=16000 -c:a nellymoser",
    "-f lavfi -i sine=sample_rate=22050 -c:a nellymoser",
    "-f lavfi -i sine=sample_rate=44100 -c:a nellymoser",
];

/// Makes half a second of what `words` ask for.
async fn made(directory: &Path, number: usize, words: &str) -> PathBuf {
    let path = directory.join(format!("{number}.flv"));
    let mut arguments = vec!["-v", "error"];
    arguments.extend(words.split(' '));
    let name = path.display().to_string();
    arguments.extend(["-t", "0.5", "-f", "flv", &name]);
    process::run_clean("ffmpeg", &arguments).await;
    path
}

/// The tracks of `path` as ffprobe sees them, in the API's words.
async fn probed(path: &Path) -> (Option<Value>, Option<Value>) {
    let entries = "stream=codec_type,codec_name,width,height,sample_rate,channels";
    let name = path.display().to_string();
    let arguments = ["-v", "error", "-show_entries", entries, "-of", "json", &name];
    let answer: Value = serde_json::from_str(&process::run_clean("ffprobe", &arguments).await).expect("JSON");
    let (mut video, mut audio) = (None, None);
    for stream in answer["streams"].as_array().expect("a list") {
        let codec = stream["codec_name"].as_str().expect("a name");
        let codec = NAMES.iter().find(|(theirs, _)| *theirs == codec).expect("a known codec").1;
        if stream["codec_type"] == "video" {
            video = Some(json!({ "codec": codec, "width": stream["width"], "height": stream["height"] }));
        } else {
            let rate: u32 = stream["sample_rate"].as_str().expect("a rate").parse().expect("a number");
            audio = Some(json!({ "codec": codec, "sample_rate": rate, "channel": stream["channels"] }));
        }
    }
    (video, audio)
}

/// What the API says of the file's stream, without what ffprobe has other words for.
async fn told(server: &TestServer, number: usize, path: &Path) -> (Option<Value>, Option<Value>) {
    let stream = format!("codec{number}");
    let mut publisher = Publisher::open(&server.publish_url(&stream)).await;
    let tags = sample::tags(&std::fs::read(path).expect("it was made"));
    for tag in &tags {
        publisher.push_tag(tag.tag_type(), tag.timestamp as u32, &tag.payload).await;
    }
    let bodies: usize = tags.iter().filter(|tag| tag.is_coded_media()).map(|tag| tag.payload.len()).sum();
    let all_came = |status: &Value| status["recv_bytes"].as_u64() >= Some(bodies as u64);
    let status = server.wait_for(&stream, "the whole file", all_came).await;
    publisher.finish().await;
    let track = |name: &str| {
        let mut track = status[name].as_object()?.clone();
        track.remove("profile");
        track.remove("level");
        Some(Value::Object(track))
    };
    (track("video"), track("audio"))
}

#[tokio::test]
async fn codecs_rates_and_sizes_are_those_that_ffprobe_sees() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = TestServer::start(|_| {});
    for (number, words) in MADE.iter().enumerate() {
        let path = made(directory.path(), number, words).await;
        assert_eq!(told(&server, number, &path).await, probed(&path).await, "{words}");
    }
    server.shutdown().await;
}

#[tokio::test]
async fn what_enhanced_rtmp_carries_is_named_too() {
    let server = TestServer::start(|_| {});
    let sound = |codec: &str, channels: u8| {
        Some(json!({ "codec": codec, "sample_rate": 48_000, "channel": channels }))
    };
    let picture = |codec: &str| Some(json!({ "codec": codec, "width": 192, "height": 108 }));
    for (number, (name, expected)) in [
        ("hevc-opus", (picture("HEVC"), sound("Opus", 2))),
        ("av1-flac", (picture("AV1"), sound("FLAC", 1))),
        ("vp9-ac3", (picture("VP9"), sound("AC-3", 2))),
    ]
    .into_iter()
    .enumerate()
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("media/enhanced/{name}.flv"));
        assert_eq!(told(&server, number, &path).await, expected, "{name}");
    }
    server.shutdown().await;
}
