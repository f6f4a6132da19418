# SPDX-License-Identifier: BSD-2-Clause
# Completion for fish: windsock itself knows what a word may become. Where it offers nothing, files are offered.
function __windsock_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l offers (windsock complete -- $words[2..-1] 2>/dev/null)
    if set -q offers[1]
        printf '%s\n' $offers
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c windsock -f -a '(__windsock_complete)'
