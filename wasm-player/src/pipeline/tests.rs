mod codecs;
mod damage;
mod decision;
mod discontinuity;
mod formats;
mod gaps;
mod slicing;
mod stream;
