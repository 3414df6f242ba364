//! What the tests share: tiny-r1 and the first line of its golden file, made by Hugging Face transformers in f32, greedy.
#![allow(dead_code)]
use reckon::{Chat, Model, Options, Token};

pub const PUZZLE: &str = "鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？";

pub fn tiny_r1() -> String {
    std::env::var("RECKON_TINY_R1")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../examples/models/tiny-r1").to_owned())
}

pub fn exact() -> Options {
    Options::new().weights("f32").temperature(0.0).threads(2)
}

pub fn model() -> Model {
    Model::open(tiny_r1(), &exact()).unwrap()
}

pub fn chat() -> Chat {
    Chat::new(&model(), &exact()).unwrap()
}

/// An array of tokens of the golden answer: "prompt_ids" or "output_ids".
pub fn golden(name: &str) -> Vec<Token> {
    let file = std::fs::read_to_string(tiny_r1() + "/golden.jsonl").unwrap();
    let from = file.find(&format!("\"{}\": [", name)).unwrap();
    let (from, to) = (file[from..].find('[').unwrap() + from, file[from..].find(']').unwrap() + from);
    file[from + 1..to].split(", ").map(|token| token.parse().unwrap()).collect()
}

/// The golden answer's text.
pub fn golden_text() -> String {
    let file = std::fs::read_to_string(tiny_r1() + "/golden.jsonl").unwrap();
    let line = file.lines().next().unwrap();
    let from = line.find("\"output_text\": \"").unwrap() + 16;
    line[from..line[from..].find("\"}").map_or_else(|| line[from..].find("\", \"").unwrap() + from, |to| to + from)].replace("\\n", "\n")
}
