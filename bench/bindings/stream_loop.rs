//! What bench/bindings.py measures through the Rust crate.
//!
//!   stream_loop MODEL TOKENS REPETITIONS    tokens per second of the streaming loop, as stream_loop.py
//!   stream_loop MODEL cancel TOKENS         milliseconds until dropping the stream of a chat that reads such a prompt returns
//!
//! Built as the main.rs of a project made as docs/bindings.md says, with cargo build --release.
use reckon::{Chat, Model, Options, Sampler, Session};
use std::time::{Duration, Instant};

fn rates(model: &Model, tokens: i64, repetitions: i64) -> reckon::Result<()> {
    let mut session = Session::new(model, &Options::new())?;
    for repetition in 0..=repetitions {
        session.truncate(0)?;
        let mut sampler = Sampler::new(None, &Options::new().temperature(0.0))?;
        session.append(&[100])?;
        session.next_token(&mut sampler, None)?;
        let begin = Instant::now();
        let options = Options::new().ignore_eos(true).max_tokens(if repetition == 0 { 8 } else { tokens });
        let mut stream = session.stream(&mut sampler, &options)?;
        for piece in stream.by_ref() {
            piece?;
        }
        let made = stream.stop()?.tokens;
        if repetition > 0 {
            println!("{}", made as f64 / begin.elapsed().as_secs_f64());
        }
    }
    Ok(())
}

fn cancels(model: &Model, tokens: usize) -> reckon::Result<()> {
    let text = "owl ".repeat(tokens);
    for trial in 0..5 {
        let mut chat = Chat::new(model, &Options::new())?;
        let stream = chat.ask(&text)?;
        std::thread::sleep(Duration::from_millis(400 + 130 * trial));
        let begin = Instant::now();
        drop(stream);
        println!("{:.1}", begin.elapsed().as_secs_f64() * 1e3);
        assert_eq!(chat.info()?.messages, 0);
    }
    Ok(())
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |index: usize| arguments[index].parse::<i64>().expect("a number");
    let measured = Model::open(&arguments[1], &Options::new()).and_then(|model| match &arguments[2][..] {
        "cancel" => cancels(&model, number(3) as usize),
        _ => rates(&model, number(2), number(3)),
    });
    if let Err(error) = measured {
        eprintln!("{}", error);
        std::process::exit(1);
    }
}
