"""Owns which containers are read, by ffmpeg's names of what reads them; must not know what is in them.

A list of what is taken, not of what is refused: ffprobe looks at what a file is and gives up before it opens
what a playlist names. Left out are lists of other files (hls, dash, concat, imf, sdp), devices, and text that
would be drawn (tty, bin, subtitles, svg).
"""

from __future__ import annotations

_FILMS = """
    3dostr 4xm amv anm apc apv asf asf_o av1 avi avr avs avs2 avs3 bethsoftvid bfi bink bmv c93
    cavsvideo cdg cdxl cine dcstr derf dhav dirac dnxhd dsicin dv dvdvideo dxa ea ea_cdata evc film_cpk
    filmstrip fits flic flv frm gdv gxf h261 h263 h264 hevc hnm hxvs idcin iff ifv ingenient ipmovie ipu
    iv8 ivf ivr jv kux live_flv lmlm4 luodat lvf lxf m4v matroska mgsts mjpeg mjpeg_2000 mlv mm moflex
    mov mpeg mpegts mpegtsraw mpegvideo mpjpeg mtv mv mvi mxf mxg nsv nut nuv obu ogg paf pdv pmp psxstr
    pva r3d rawvideo redspark rl2 rm roq rpl rsd ser sga siff simbiosis_imx smjpeg smk smush sol swf thp
    tiertexseq tmv txd ty usm v210 v210x vc1 vc1test vidc viv vividas vmd vvc wc3movie webm wsvqa wtv wv
    xa xmv xwma yop yuv4mpegpipe
"""
_PICTURES = """
    apng gif ico webp_anim jpegxl_anim alias_pix brender_pix bmp_pipe cri_pipe dds_pipe dpx_pipe
    exr_pipe gem_pipe gif_pipe hdr_pipe j2k_pipe jpeg_pipe jpegls_pipe jpegxl_pipe jpegxs_pipe pam_pipe
    pbm_pipe pcx_pipe pfm_pipe pgm_pipe pgmyuv_pipe pgx_pipe phm_pipe photocd_pipe pictor_pipe png_pipe
    ppm_pipe psd_pipe qdraw_pipe qoi_pipe sgi_pipe sunrast_pipe tiff_pipe vbn_pipe webp_pipe xbm_pipe
    xpm_pipe xwd_pipe
"""
# Their owner is told that there are no pictures in it, or gets the cover.
_SOUNDS = """
    aac ac3 ac4 aiff amr amrnb amrwb ape au caf dts dtshd eac3 flac g722 g723_1 g729 gsm iamf loas mlp
    mmf mp3 mpc mpc8 oma opus qcp shn sox tak truehd tta voc w64 wav
"""

TAKEN = ",".join((_FILMS + _PICTURES + _SOUNDS).split())
