"""reckon-bench."""

import json
import unittest

from programs import TINY_R1, ProgramTest, run

FIELDS = ["prompt_tokens", "generated_tokens", "depth", "threads", "weights", "prompt_tps", "prompt_tps_min",
          "prompt_tps_max", "decode_tps", "decode_tps_min", "decode_tps_max", "ttft_s_p50", "load_s", "packed_load_s", "peak_rss_bytes",
          "planned_bytes", "weight_bytes_per_token", "dram_read_gbps", "int8_peak_gops", "dram_read_share",
          "int8_peak_share"]


class Bench(ProgramTest):
    def test_one_object_a_test(self):
        finished = run("reckon-bench", "-m", TINY_R1, "-w", "q4,bf16", "-p", "32", "-n", "8", "-d", "16", "-t", "1", "-r",
                       "2", "--json")
        self.assert_exit(finished, 0)
        rows = [json.loads(line) for line in finished.stdout.splitlines()]
        self.assertEqual([row["weights"] for row in rows], ["q4", "bf16"])
        for row in rows:
            self.assertEqual([field for field in FIELDS if field not in row], [])
            self.assertEqual((row["prompt_tokens"], row["generated_tokens"], row["depth"], row["threads"]), (32, 8, 16, 1))
            for name in ("prompt_tps", "decode_tps"):
                self.assertGreater(row[name + "_min"], 0)
                self.assertLessEqual(row[name + "_min"], row[name])
                self.assertLessEqual(row[name], row[name + "_max"])
            for name in ("ttft_s_p50", "load_s", "packed_load_s", "weight_bytes_per_token", "dram_read_gbps", "planned_bytes"):
                self.assertGreater(row[name], 0, name)
            # The memory measurement (512 MiB and more) must not count; sanitizers need a lot themselves.
            self.assertGreater(row["peak_rss_bytes"], 2 ** 20)
            self.assertLess(row["peak_rss_bytes"], 2 ** 29)
        self.assertIsNone(rows[1]["int8_peak_share"])  # bf16 does not use that arithmetic

    def test_table_and_what_is_not_measured(self):
        finished = run("reckon-bench", "-m", TINY_R1, "-w", "q8", "-p", "0", "-n", "4", "-t", "1", "-r", "1")
        self.assert_exit(finished, 0)
        self.assertEqual(len(finished.stdout.splitlines()), 2)
        self.assertEqual(finished.stderr, "")
        finished = run("reckon-bench", "-m", TINY_R1, "-w", "q8", "-p", "8", "-n", "0", "-t", "1", "-r", "1", "--json")
        self.assertIsNone(json.loads(finished.stdout)["decode_tps"])

    def test_errors(self):
        finished = run("reckon-bench", "-m", "/no/such/model", "--json")
        self.assert_one_line_error(finished, "/no/such/model")
        self.assert_exit(run("reckon-bench", "-m", TINY_R1, "-w", "q5"), 2)
        self.assert_exit(run("reckon-bench"), 2)


if __name__ == "__main__":
    unittest.main()
