//! The player's pipeline on streams that the newest ffmpeg wrote, of every codec of enhanced RTMP: what it makes of them
//! decodes to the pictures and the sound that ffmpeg saw in the source.

use std::path::{Path, PathBuf};

use flvgate_player::pipeline::{Info, Output, Pipeline, Track};
use flvgate_tests::process;

/// A fixture, and what ffmpeg 9, which wrote it, says of it (`-map 0:v:0 -fps_mode passthrough -f md5 -`).
struct Fixture {
    name: &'static str,
    video_track: Option<u8>,
    audio_track: Option<u8>,
    video: (&'static str, &'static str),
    audio: (&'static str, usize),
    size: (u32, u32),
    /// Where the decoder is exact.
    sound: Option<&'static str>,
}

const FIXTURES: [Fixture; 5] = [
    Fixture {
        name: "hevc-opus",
        video_track: None,
        audio_track: None,
        video: ("video/mp4; codecs=\"hvc1.1.6.L30.90\"", "757f7becd357cf7e95530ec5451ea053"),
        audio: ("audio/mp4; codecs=\"opus\"", 101),
        size: (192, 108),
        sound: None,
    },
    Fixture {
        name: "av1-flac",
        video_track: None,
        audio_track: None,
        video: ("video/mp4; codecs=\"av01.0.00M.08\"", "3011da0d21f5d082fd3cbe072f2a7ef9"),
        audio: ("audio/mp4; codecs=\"flac\"", 94),
        size: (192, 108),
        sound: Some("6fa85e77f531259b20ed675c2dd92098"),
    },
    Fixture {
        name: "vp9-ac3",
        video_track: None,
        audio_track: None,
        video: ("video/mp4; codecs=\"vp09.00.10.08\"", "a01bf05f64c9c6e74ba845603c7d5481"),
        audio: ("audio/mp4; codecs=\"ac-3\"", 63),
        size: (192, 108),
        sound: None,
    },
    Fixture {
        name: "multitrack",
        video_track: None,
        audio_track: None,
        video: ("video/mp4; codecs=\"avc1.42c00b\"", "73a86b397b819478fc09edaef728c043"),
        audio: ("audio/mp4; codecs=\"ec-3\"", 63),
        size: (192, 108),
        sound: None,
    },
    Fixture {
        name: "multitrack",
        video_track: Some(1),
        audio_track: Some(1),
        video: ("video/mp4; codecs=\"avc1.42c00a\"", "e76afae2fd1d0f7472a96e4f21eff185"),
        audio: ("audio/mp4; codecs=\"opus\"", 101),
        size: (128, 72),
        sound: None,
    },
];

#[derive(Debug, Default, PartialEq)]
struct Played {
    mimes: Vec<String>,
    /// Of each track: init segment and fragments.
    tracks: [Vec<Vec<u8>>; 2],
}

impl Fixture {
    fn path(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("media/enhanced/{}.flv", self.name))
    }

    fn play(&self, slice: usize) -> (Played, Info) {
        let (mut pipeline, mut played) = (Pipeline::new(), Played::default());
        pipeline.select_track(Track::Video, self.video_track);
        pipeline.select_track(Track::Audio, self.audio_track);
        let flv = std::fs::read(self.path()).expect("it is checked in");
        for slice in flv.chunks(slice) {
            let result = pipeline.push(slice, 0.0, &mut |output| match output {
                Output::Init { track, mime, data } => {
                    played.mimes.push(mime.into());
                    played.tracks[track as usize].push(data.into());
                }
                Output::Fragment { track, data, .. } => played.tracks[track as usize].push(data.into()),
                Output::Tracks { .. } | Output::Metadata(_) | Output::Clock { .. } => {}
                Output::Discontinuity { .. } | Output::Warning(_) => panic!("{}: {output:?}", self.name),
            });
            result.expect("it is FLV");
        }
        (played, pipeline.info())
    }
}

/// The MD5 of all that a file decodes to.
async fn decoded(path: &Path) -> String {
    let path = path.display().to_string();
    let arguments = ["-v", "error", "-xerror", "-i", &path, "-fps_mode", "passthrough", "-f", "md5", "-"];
    let report = process::run_clean("ffmpeg", &arguments).await;
    report.trim().trim_start_matches("MD5=").to_owned()
}

#[tokio::test]
async fn every_codec_of_enhanced_rtmp_decodes_to_the_same_frames() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for fixture in FIXTURES {
        let name = fixture.name;
        let (played, info) = fixture.play(1447);
        assert!(played == fixture.play(usize::MAX).0, "{name}: slicing must not matter");
        assert_eq!(played.mimes, [fixture.video.0, fixture.audio.0], "{name}");
        assert_eq!((info.width, info.height), fixture.size, "{name}");
        let [video, audio] = ["video.mp4", "audio.mp4"].map(|file| directory.path().join(file));
        let [video_segments, audio_segments] = &played.tracks;
        std::fs::write(&video, video_segments.concat()).expect("the directory is ours");
        std::fs::write(&audio, audio_segments.concat()).expect("the directory is ours");
        assert_eq!(decoded(&video).await, fixture.video.1, "{name}");
        let sound = decoded(&audio).await;
        assert_eq!(fixture.sound.unwrap_or(&sound), sound, "{name}");
        // Silence before the first frame, where sound starts later than the picture, is on top.
        assert!(audio_segments.len() > fixture.audio.1, "{name}: {} fragments", audio_segments.len());
        let of_audio = ["-v", "error", "-show_entries", "stream=duration_ts,nb_frames,channels,sample_rate"];
        let probe = process::run_clean(
            "ffprobe",
            &[&of_audio[..], &["-of", "csv=p=0", &audio.display().to_string()]].concat(),
        )
        .await;
        assert!(probe.starts_with("48000"), "{name}: {probe}");
    }
}
