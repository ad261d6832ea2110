#compdef lipfx
# Completes lipfx in zsh: source <(lipfx completion zsh)
_lipfx() {
    local -a found joined apart
    found=("${(@f)$("${words[1]}" complete "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)}")
    found=("${(@)found%%$'\t'*}")
    joined=("${(@M)found:#*[:=]}")
    apart=("${(@)found:#*[:=]}")
    if [[ -z ${found[1]} ]]; then
        _files
        return
    fi
    (( ${#joined} )) && compadd -S '' -- "${joined[@]}"
    (( ${#apart} )) && compadd -- "${apart[@]}"
    return 0
}
if [[ ${funcstack[1]} == _lipfx ]]; then _lipfx "$@"; else compdef _lipfx lipfx; fi
