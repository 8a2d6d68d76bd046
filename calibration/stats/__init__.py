"""Statistics on integer codes and floats: numpy and scipy.special only; no pandas, no files, no network."""
