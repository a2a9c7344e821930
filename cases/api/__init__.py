"""The main job over HTTP: parse, call one service, render."""
