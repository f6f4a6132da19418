#compdef windsock
# SPDX-License-Identifier: BSD-2-Clause
# Completion for zsh: windsock itself knows what a word may become. Where it offers nothing, files are offered.
_windsock() {
	local line
	local -a offers
	while IFS=$'\t' read -r line; do
		offers+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
	done < <(windsock complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
	if ((${#offers})); then
		_describe windsock offers
	else
		_files
	fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
	_windsock "$@"
else
	compdef _windsock windsock
fi
