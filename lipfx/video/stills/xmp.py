"""Owns XMP packets as far as lipfx adds to them; must not know pictures."""

from __future__ import annotations

import re
from html import escape  # XML's own brings half of the network with it

SPACE = "https://lipfx.invalid/xmp/1.0/"
END = b"</rdf:RDF>"
SAID = re.compile(rb'( lipfx:provenance="[^"]*)(")')
PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
).encode()


def with_provenance(packet: bytes | None, text: str) -> bytes:
    """A packet that says `text` as well, in a description of its own or after what lipfx said there before;
    what stands in it stays.

    A packet that cannot take one, because RDF goes by another prefix or it is no UTF-8, is left as it is.
    """
    packet = PACKET if packet is None else packet
    if SAID.search(packet):
        return SAID.sub(lambda found: found[1] + f"; then {escape(text)}".encode() + found[2], packet)
    at = packet.rfind(END)
    if at < 0:
        return packet
    value = escape(text)
    said = f'<rdf:Description rdf:about="" xmlns:lipfx="{SPACE}" lipfx:provenance="{value}"/>'
    return packet[:at] + said.encode() + packet[at:]
