// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

public sealed class VersionTests
{
    [Theory]
    [InlineData("--version")]
    [InlineData("-V")]
    public void The_device_has_the_name_of_the_original(string option)
    {
        Assert.Equal(["vhost-device-rng 0.1.0"], Command.Rng(option).Success());
        Assert.Equal(["vhost-device-rng 0.1.0"], Command.Program("rng", option).Success());
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("-V")]
    public void The_program_has_its_own_name(string option)
    {
        Assert.Equal(["vhost-device 0.1.0"], Command.Program(option).Success());
        Assert.Equal(["vhost-device 0.1.0"], Command.Program("probe", option).Success());
    }

    [Fact]
    public void Version_wins_over_what_follows_it() => Assert.Equal(["vhost-device-rng 0.1.0"], Command.Rng("-V", "--nonsense").Success());

    [Fact]
    public void The_first_of_several_flags_in_one_word_wins() => Assert.Equal(["vhost-device-rng 0.1.0"], Command.Rng("-Vh").Success());
}
