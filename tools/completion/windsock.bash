# SPDX-License-Identifier: BSD-2-Clause
# Completion for bash: windsock itself knows what a word may become. Where it offers nothing, files are offered.
_windsock() {
	mapfile -t COMPREPLY < <(windsock complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1)
}
complete -o default -F _windsock windsock
