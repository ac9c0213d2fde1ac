mod decision;
mod discontinuity;
mod file;
mod formats;
mod gaps;
mod slicing;
mod stream;
