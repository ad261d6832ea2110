# Completes lipfx in fish: lipfx completion fish | source
function __lipfx_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l found ($words[1] complete (commandline --current-process --cut-at-cursor | string collect) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline --current-token)
    end
end
complete --command lipfx --no-files --arguments '(__lipfx_complete)'
