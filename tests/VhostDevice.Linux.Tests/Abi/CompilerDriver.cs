// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux.Tests.Abi;

/// <summary>A C compiler. Mostly it only looks: <c>-fsyntax-only</c> evaluates static asserts and makes no file.</summary>
internal sealed class CompilerDriver(string path)
{
    /// <summary>The one for this machine. NativeAOT needs it too, so its absence is an error and no reason to skip.</summary>
    internal static CompilerDriver Host { get; } = Find("gcc", "clang", "cc")
        ?? throw new InvalidOperationException("The ABI tests need a C compiler: install gcc or clang.");

    /// <summary>One for the other architecture, where it is installed (Debian: gcc-aarch64-linux-gnu, libc6-dev-arm64-cross).</summary>
    internal static CompilerDriver? Arm64Cross { get; } = Find("aarch64-linux-gnu-gcc");

    /// <summary>Compiles <paramref name="source"/>, which stays beside the tests for whoever reads the messages.</summary>
    /// <returns>The compiler's messages; empty when it accepted everything.</returns>
    internal string Check(string name, string source)
    {
        string file = Path.Combine(AppContext.BaseDirectory, name + ".c");
        File.WriteAllText(file, source);
        ProcessStartInfo start = new(path)
        {
            RedirectStandardError = true,
            ArgumentList =
            {
                "-std=gnu11", "-fsyntax-only", "-fdiagnostics-color=never",
                "-Werror=implicit-function-declaration", "-Werror=int-conversion", "-Werror=incompatible-pointer-types",
                "-Werror=conversion", "-Werror=sign-conversion", file,
            },
        };
        // The messages are part of the test's result.
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        string messages = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : messages + $"({path}, exit status {process.ExitCode})";
    }

    /// <summary>Builds a program out of source files, and runs it.</summary>
    /// <returns>Its exit status, 128 and the signal's number if one ended it (as a shell tells it), and what it or the compiler said.</returns>
    internal (int Status, string Said) BuildAndRun(string program, params string[] sources)
    {
        (int status, string said) = Run(path, ["-std=gnu11", "-Wall", "-Wno-unused-function", "-Werror", "-o", program, .. sources]);
        return status == 0 ? Run("/bin/sh", ["-c", $"\"{program}\"; exit $?"]) : (status, said);
    }

    private static (int Status, string Said) Run(string command, string[] arguments)
    {
        ProcessStartInfo start = new(command, arguments) { RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }

    private static CompilerDriver? Find(params string[] names)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        string? path = names.SelectMany(n => folders.Select(f => Path.Combine(f, n))).FirstOrDefault(File.Exists);
        return path is null ? null : new CompilerDriver(path);
    }
}
