// What bench/bindings.py measures through the Go module.
//
//	stream_loop MODEL TOKENS REPETITIONS    tokens per second of the streaming loop, as stream_loop.py
//	stream_loop MODEL cancel TOKENS         milliseconds from cancelling a context until a chat that reads such a prompt returns
//
// Built as the main.go of a module made as docs/bindings.md says.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"reckon.dev/reckon"
)

var ctx = context.Background()

func rates(model *reckon.Model, tokens int64, repetitions int) error {
	session, err := reckon.NewSession(model)
	if err != nil {
		return err
	}
	for repetition := range repetitions + 1 {
		limit := tokens
		if repetition == 0 {
			limit = 8
		}
		sampler, err := reckon.NewSampler(nil, reckon.Temperature(0))
		if err := errors.Join(err, session.Truncate(0), session.Append(ctx, []reckon.Token{100})); err != nil {
			return err
		}
		if _, err := session.Next(ctx, sampler); err != nil {
			return err
		}
		before, err := session.Info()
		if err != nil {
			return err
		}
		begin := time.Now()
		for _, err := range session.Stream(ctx, sampler, reckon.IgnoreEOS(true), reckon.MaxTokens(limit)) {
			if err != nil {
				return err
			}
		}
		seconds := time.Since(begin).Seconds()
		after, err := session.Info()
		if err != nil {
			return err
		}
		if repetition > 0 {
			fmt.Println(float64(after.Length-before.Length) / seconds)
		}
	}
	return nil
}

func cancels(model *reckon.Model, tokens int) error {
	for trial := range 5 {
		chat, err := reckon.NewChat(model)
		if err != nil {
			return err
		}
		ended, end := context.WithCancel(ctx)
		var begin time.Time
		time.AfterFunc(time.Duration(400+130*trial)*time.Millisecond, func() {
			begin = time.Now()
			end()
		})
		if _, err := chat.Send(ended, strings.Repeat("owl ", tokens)); !errors.Is(err, context.Canceled) {
			return fmt.Errorf("not cancelled: %w", err)
		}
		fmt.Printf("%.1f\n", float64(time.Since(begin).Microseconds())/1e3)
		chat.Close()
	}
	return nil
}

func main() {
	model, err := reckon.Open(ctx, os.Args[1])
	number := func(index int) int {
		value, err := strconv.Atoi(os.Args[index])
		if err != nil {
			panic(err)
		}
		return value
	}
	if err == nil && os.Args[2] == "cancel" {
		err = cancels(model, number(3))
	} else if err == nil {
		err = rates(model, int64(number(2)), number(3))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
