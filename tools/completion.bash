# SPDX-License-Identifier: BSD-2-Clause
# Completion for bash: nouns and verbs from windsock's own help, names from its lists, files for simulate.
_windsock() {
	local word=${COMP_WORDS[COMP_CWORD]} first=1 list=
	[ "$COMP_CWORD" -gt 1 ] && [ "${COMP_WORDS[1]:-}" = plan ] && first=2
	local noun=${COMP_WORDS[first]:-} verb=${COMP_WORDS[first + 1]:-}
	if [[ $noun == simulate && $word != -* && $COMP_CWORD -gt 1 ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
	fi
	if [[ $noun == log && ${COMP_WORDS[COMP_CWORD - 1]} == --kind ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(windsock log --kind '?' 2>&1 | sed 's/.*one of //; s/,//g')" -- "$word")
		return
	fi
	if [[ $word == -* && $noun != forecast ]] && windsock "$noun" --help 2>/dev/null | grep -q '^usage:'; then
		mapfile -t COMPREPLY < <(compgen -W "$(windsock "$noun" --help | grep -o -e '--[a-z-]*' | sort -u)" -- "$word")
		return
	fi
	case $((COMP_CWORD - first + 1)) in
	1) list=$(windsock --help | sed -n 's/^  windsock \([a-z]*\).*/\1/p' | sort -u) ;;
	2)
		case $noun in
		forecast) list="--tls "$(windsock pool list 2>/dev/null | sed '1d; s/ .*//') ;;
		*) list=$(windsock "$noun" --help 2>/dev/null | sed -n "s/^  windsock $noun \([a-z]*\).*/\1/p") ;;
		esac
		;;
	*)
		case $word in
		-*) list=$(windsock "$noun" "$verb" --help 2>/dev/null | grep -o -e '--[a-z-]*' | sort -u) ;;
		*) list=$(windsock "$noun" list 2>/dev/null | sed '1d; s/ .*//') ;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$list" -- "$word")
}
complete -F _windsock windsock
