//! Harness for the whole-path tests: starts servers on port 0, publishes with real encoders, and watches what viewers get.

pub mod binary;
pub mod capture;
pub mod certificate;
pub mod ffmpeg;
pub mod nginx_rtmp;
pub mod process;
pub mod proxy;
pub mod publisher;
pub mod reader;
pub mod sample;
pub mod secure;
pub mod server;
pub mod track;
pub mod transport_stream;
pub mod viewer;
