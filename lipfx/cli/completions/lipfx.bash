# Completes lipfx in bash: source <(lipfx completion bash)
_lipfx() {
    local line=${COMP_LINE:0:COMP_POINT} piece=${COMP_WORDS[COMP_CWORD]} word before found
    word=${line##*[[:space:]]}
    # bash breaks words at ":" and "=" and replaces the last piece alone.
    [[ $piece == [:=]* ]] && piece=
    before=${word%"$piece"}
    COMPREPLY=()
    while IFS=$'\t' read -r found _; do
        COMPREPLY+=("${found#"$before"}")
    done < <("$1" complete "$line" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -gt 0 && ${COMPREPLY[0]} == *[:=] ]]; then compopt -o nospace 2>/dev/null; fi
    return 0
}
complete -o default -F _lipfx lipfx
