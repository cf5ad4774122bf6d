"""Piggyback: each task keeps or drops every single pretrained weight."""
