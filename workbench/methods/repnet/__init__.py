"""Rep-Net: a small network beside the frozen backbone that reprograms its features stage by stage."""
