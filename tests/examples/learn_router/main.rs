//! Makes the weights of `config/routing.toml` again, from labelled prompts:
//!
//! ```sh
//! cargo run --release -p segno-tests --example learn_router -- tests/fixtures/routing/tune/*.jsonl
//! ```
//!
//! A line of a file is `{"prompt": "...", "label": "CodeGeneration", "complexity": 4}`; `labels` beside it are other classes that
//! are right, too. With `--try` nothing is written. Printed is how well the prompts of each file are told when that file is left
//! out of the learning. The words of `config/vocabulary.toml` are those that learning knows by group and in other languages; after
//! a change there the weights are made again.
//!
//! What must stay true: the same files make the same weights, on every machine.

mod data;
mod fit;
mod score;
mod write;

use conductor::routing::Lexicon;
use data::Data;
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut paths, mut dry, mut penalty) = (Vec::new(), false, fit::PENALTY);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--try" => dry = true,
            "--penalty" => penalty = arguments.next().ok_or("--penalty wants a number")?.parse()?,
            path => paths.push(PathBuf::from(path)),
        }
    }
    if paths.is_empty() {
        return Err("name the files of labelled prompts, as in tests/fixtures/routing/tune/*.jsonl".into());
    }
    let lexicon = Lexicon::with_weights("")?;
    let data = Data::read(&paths, &lexicon)?;
    println!("{} prompts in {} files, {} features", data.samples.len(), paths.len(), data.names.len());
    let calibration = score::left_out(&data, penalty);
    let model = fit::fit(&data, |_| true, penalty).spread(calibration.spread);
    let text = write::page(&data, &model, &calibration);
    Lexicon::with_weights(&text)?;
    println!("{} features have weights, {} bytes", model.used(), text.len());
    if !dry {
        let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../config/routing.toml"));
        std::fs::write(&file, text)?;
        println!("wrote {}", file.display());
    }
    Ok(())
}
