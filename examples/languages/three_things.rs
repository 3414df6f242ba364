//! The three things in Rust: load a model, stream an answer, cancel another one.  three_things MODEL [QUESTION]
use reckon::{Chat, Model, Options, Piece};
use std::io::Write;

fn three_things(path: &str, question: &str) -> reckon::Result<()> {
    let options = Options::new().temperature(0.0);
    let model = Model::open(path, &options)?;
    println!("model: {}, {} parameters", model.architecture()?, model.info()?.parameters);

    let mut chat = Chat::new(&model, &options)?;
    println!("question: {}", question);
    let mut last = "";
    for piece in chat.ask(question)? {
        let (name, text) = match piece? {
            Piece::Reasoning(text) => ("reasoning", text),
            Piece::Answer(text) => ("answer", text),
            _ => continue,
        };
        if name != last {
            print!("{}{}: ", if last.is_empty() { "" } else { "\n" }, name);
            last = name;
        }
        print!("{}", text);
        let _ = std::io::stdout().flush();
    }
    println!();

    let mut answer = chat.ask("Is 143 a prime number?")?;
    while !matches!(answer.next().transpose()?, None | Some(Piece::Reasoning(_)) | Some(Piece::Answer(_))) {}
    drop(answer); // the turn is taken back
    println!("cancelled: {} messages", chat.info()?.messages);
    Ok(())
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let path = arguments.get(1).map_or("", String::as_str);
    let question = arguments.get(2).map_or("鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？", String::as_str);
    if let Err(error) = three_things(path, question) {
        eprintln!("{}", error);
        std::process::exit(1);
    }
}
