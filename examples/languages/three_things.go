// The three things in Go: load a model, stream an answer, cancel another one.  three_things MODEL [QUESTION]
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"reckon.dev/reckon"
)

func threeThings(path, question string) error {
	ctx := context.Background()
	model, err := reckon.Open(ctx, path)
	if err != nil {
		return err
	}
	defer model.Close()
	info, err := model.Info()
	if err != nil {
		return err
	}
	fmt.Printf("model: %s, %d parameters\n", info.Architecture, info.Parameters)

	chat, err := reckon.NewChat(model, reckon.Temperature(0))
	if err != nil {
		return err
	}
	defer chat.Close()
	fmt.Printf("question: %s\n", question)
	names := map[reckon.PieceKind]string{reckon.PieceReasoning: "reasoning", reckon.PieceAnswer: "answer"}
	end, last := "", ""
	for piece, err := range chat.Ask(ctx, question) {
		if err != nil {
			return err
		}
		name := names[piece.Kind]
		if name == "" {
			continue
		}
		if name != last {
			fmt.Printf("%s%s: ", end, name)
			end, last = "\n", name
		}
		fmt.Print(piece.Text)
	}
	fmt.Println()

	cancelled, cancel := context.WithCancel(ctx)
	defer cancel()
	for piece, err := range chat.Ask(cancelled, "Is 143 a prime number?") {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		if names[piece.Kind] != "" {
			cancel() // the turn is taken back
		}
	}
	now, err := chat.Info()
	if err != nil {
		return err
	}
	fmt.Printf("cancelled: %d messages\n", now.Messages)
	return nil
}

func main() {
	question := "鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？"
	path := ""
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	if len(os.Args) > 2 {
		question = os.Args[2]
	}
	if err := threeThings(path, question); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
