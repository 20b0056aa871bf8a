/**
 * `vibes completion`: prints the script that lets a shell complete our commands. The script calls the program for its
 * suggestions, so it does not go out of date.
 * @module
 */
import { Argument, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { complete } from "../complete.ts";
import { examples } from "../help.ts";
import type { CliDeps, Program } from "../program.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

/** What the scripts call; it is in no help. */
const ASK = "__complete";

/** Adds `vibes completion` and what its scripts call. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  program
    .command("completion")
    .description("print the script that completes commands in a shell")
    .addHelpText(
      "before",
      examples(io, ["completion bash > ~/.vibes-completion.bash", "completion zsh", "completion fish"]),
    )
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action((shell, _, command) => {
      const script = scripts(io.invocationAnywhere ?? io.invocation ?? "vibes")[shell];
      deps.output(command.optsWithGlobals()).result({ shell, script }, () => script.trimEnd());
    });

  program
    .command(ASK, { hidden: true })
    .argument("[words...]")
    .helpOption(false)
    .action((words) => {
      const candidates = complete(program as unknown as CommandUnknownOpts, words);
      const text = candidates.map(({ word, description }) => `${word}\t${description}\n`).join("");
      io.stdout.write(text);
    });
}

/** Where `vibes` is not on the path, a function of that name stands for it. */
function scripts(invocation: string): Readonly<Record<Shell, string>> {
  const isOnPath = invocation === "vibes";
  const posix = isOnPath ? "" : `command -v vibes > /dev/null || vibes() { ${invocation} "$@"; }\n`;
  const fish = isOnPath ? "" : `type -q vibes; or function vibes; ${invocation} $argv; end\n`;
  return {
    bash: `# Add to ~/.bashrc: source <(${invocation} completion bash)
${posix}_vibes() {
  local IFS=$'\\n'
  COMPREPLY=($(vibes ${ASK} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null | cut -f 1))
}
complete -o default -F _vibes vibes
`,
    zsh: `#compdef vibes
# Add to ~/.zshrc, after compinit: source <(${invocation} completion zsh)
${posix}_vibes() {
  local -a found
  found=(\${(f)"$(vibes ${ASK} -- "\${(@)words[2,CURRENT]}" 2> /dev/null)"})
  # Between a word and what is said about it _describe wants a colon. (sed would not do: not every one knows \\t.)
  found=(\${\${found//:/\\\\:}/$'\\t'/:})
  if (( \${#found} )); then _describe vibes found; else _files; fi
}
compdef _vibes vibes
`,
    fish: `# Add to ~/.config/fish/completions/vibes.fish
${fish}function __vibes_found
  set -l found (vibes ${ASK} -- (commandline -opc)[2..] (commandline -ct) 2> /dev/null)
  if set -q found[1]; string join \\n -- $found; else; __fish_complete_path (commandline -ct); end
end
complete -c vibes -f -a '(__vibes_found)'
`,
  };
}
