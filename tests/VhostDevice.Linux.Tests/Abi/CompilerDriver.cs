// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux.Tests.Abi;

/// <summary>A C compiler that only looks: <c>-fsyntax-only</c> evaluates static asserts and makes no file.</summary>
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

    private static CompilerDriver? Find(params string[] names)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        string? path = names.SelectMany(n => folders.Select(f => Path.Combine(f, n))).FirstOrDefault(File.Exists);
        return path is null ? null : new CompilerDriver(path);
    }
}
