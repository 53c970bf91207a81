/** The shells for which there is a script. */
export const SHELLS = ["bash", "zsh"] as const;
export type Shell = (typeof SHELLS)[number];

/** The option that asks for candidates; the words that are typed follow it. */
export const COMPLETION_OPTION = "--get-yargs-completions";

/** What a shell reads to complete `gizlab`. `program` is how the command line is run, such as node and its script. */
export function printCompletionScript(shell: Shell, program: readonly string[]): string {
  const call = `${program.map(quote).join(" ")} ${COMPLETION_OPTION}`;
  return shell === "bash" ? printBash(call) : printZsh(call);
}

/** bash cuts words at = and :, and replaces only what is behind them; so words are put together, and candidates cut. */
function printBash(call: string): string {
  return `# gizlab completion for bash: source <(gizlab completion bash)
_gizlab_complete() {
  local rest="\${COMP_LINE:0:COMP_POINT}" before word current candidate i
  local -a words=()
  COMPREPLY=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    before="$rest"
    rest="\${rest#"\${rest%%[![:blank:]]*}"}"
    if ((i == COMP_CWORD)); then word="$rest"; fi
    if ((\${#words[@]} > 0)) && [[ "$before" == "$rest" ]]; then
      words[\${#words[@]}-1]+="$word"
    else
      words+=("$word")
    fi
    rest="\${rest#"$word"}"
  done
  current="\${words[\${#words[@]}-1]}"
  while IFS= read -r candidate; do
    candidate="\${candidate#"\${current%"\${current##*[=:]}"}"}"
    if [[ "$candidate" == *= ]]; then
      compopt -o nospace 2>/dev/null
      COMPREPLY+=("$candidate")
    else
      COMPREPLY+=("$(printf '%q' "$candidate")")
    fi
  done < <(${call} "\${words[@]}" 2>/dev/null)
}
complete -o default -F _gizlab_complete gizlab
`;
}

function printZsh(call: string): string {
  return `#compdef gizlab
# gizlab completion for zsh: source <(gizlab completion zsh), behind compinit
_gizlab() {
  local -a found names
  found=("\${(@f)$(${call} "\${(@)words[1,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if ((\${#found} == 0)); then
    _files
    return
  fi
  names=(\${(M)found:#*=})
  found=(\${found:#*=})
  if ((\${#names} > 0)); then compadd -S '' -a names; fi
  if ((\${#found} > 0)); then compadd -a found; fi
}
compdef _gizlab gizlab
`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
